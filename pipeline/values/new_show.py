"""What people answer when they begin a show of their own: `podcast init`."""

from dataclasses import dataclass

from pipeline.values.checked import Colour, FolderAddress, Line, Mailbox, TargetAddress, Title, WebAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class NewShow:
    """The answers about a new show; "" takes a placeholder, or what most shows have. `colour` is the ground of the
    cover and the colour of links and buttons."""

    title: Title
    author: Line = ""
    description: Line = ""
    email: Mailbox = ""
    website: FolderAddress = ""
    imprint: WebAddress = ""
    privacy: WebAddress = ""
    accessibility: WebAddress = ""
    report_barrier: WebAddress = ""
    colour: Colour = ""
    target: TargetAddress = ""
