"""What the show and its episodes may further say in the feed: other places, conversations, names of seasons."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pipeline.values.checked import Remark, Short
from pipeline.values.fields import Check, at_least, at_most
from pipeline.values.web_addresses import checked_https_address


def _https_or_nothing(text: str) -> str:
    return checked_https_address(text) if text else ""


CoverWidth = Annotated[int, at_least(1400), at_most(3000)]  # what Apple Podcasts takes (tags/cover.py)
HttpsAddress = Annotated[str, Check(checked_https_address)]
HttpsAddressOrNone = Annotated[str, Check(_https_or_nothing)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentLink:
    """Another place where an episode can be heard or seen (podcast:contentLink); `text` is the link's label in apps."""

    url: HttpsAddress
    text: Short


@dataclass(frozen=True, slots=True, kw_only=True)
class SocialPost:
    """The post below which an episode or the show is discussed (podcast:socialInteract). "disabled" asks apps to show
    no comments; it has neither `url` nor `account`."""

    protocol: Literal["disabled", "activitypub", "atproto", "hive", "matrix", "twitter"]
    url: HttpsAddressOrNone = ""
    account: Remark = ""
    account_url: HttpsAddressOrNone = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """The name of a season, which apps may show instead of its number."""

    number: Annotated[int, at_least(1)]
    name: Short
