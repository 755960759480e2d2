// Follows the file on disk and the server: new times after saving, what others write, and who may write.

import { openDialog } from "./dialog.js";
import { make } from "./dom.js";
import { get, pause, send } from "./server.js";
import { Times } from "./times.js";

export class Following {
  /** `desk`: see review.js. */
  constructor(desk) {
    this.desk = desk;
    this.owner = desk.state.owner;
    this.running = false;
    this.retiming = false;
    this.retimeAgain = false;
  }

  /** New times and places for the saved text; what is typed meanwhile is mapped. */
  async retime() {
    const { desk } = this;
    if (this.retiming) {
      this.retimeAgain = true;
      return;
    }
    this.retiming = true;
    try {
      const answer = await send("POST", "retime", {});
      if (answer.base === desk.saving.base) {
        desk.times = new Times(answer.times);
        desk.level = answer.level;
        desk.places.list = answer.places;
        if (desk.saving.dirty) {
          desk.times.map(desk.saving.unsaved);
          desk.places.map(desk.saving.unsaved);
        }
        desk.playing.heardWord = -1;
        desk.places.show();
      }
    } catch {
      // the next saving asks again; the old times stay, moved with the text
    } finally {
      this.retiming = false;
    }
    if (this.retimeAgain) {
      this.retimeAgain = false;
      this.retime();
    }
  }

  /** Watch the file on disk: what others write is taken over, or merged with the next saving. */
  async watch() {
    const { saving, state, notice } = this.desk;
    for (;;) {
      try {
        const answer = await get(`changes?base=${saving.base}&tab=${encodeURIComponent(state.tab)}`);
        if (answer.running !== this.running) {
          this.running = answer.running;
          if (this.running) notice("Für diese Folge läuft gerade ein Befehl. Weiter verbessern ist möglich; der Text hier bleibt, wie er ist.");
        }
        if (answer.owner !== this.owner) this.setOwner(answer.owner);
        if (answer.base && answer.base !== saving.base && !saving.flying) {
          if (saving.dirty) {
            await saving.save();
          } else {
            const fresh = await get(`state.json?tab=${encodeURIComponent(state.tab)}`);
            if (!saving.dirty && fresh.base !== saving.base) {
              saving.takeOver(fresh.text, fresh.base);
              notice("Der Text wurde anderswo geändert; die Änderungen stehen jetzt hier.");
              await this.retime();
            }
          }
        } else if (answer.base !== saving.base) {
          await pause(500);
        }
      } catch {
        await pause(3000);
        if (saving.dirty) saving.save();
      }
    }
  }

  setOwner(value) {
    const { saving, state } = this.desk;
    this.owner = value;
    document.body.classList.toggle("reader", !this.owner);
    if (!this.owner) {
      openDialog("Schon anderswo offen", [
        make("p", {}, "Dieser Text ist in einem anderen Fenster oder an einem anderen PC zum Verbessern geöffnet. Hier lässt er sich nur lesen und hören."),
      ], [["Hier weiterarbeiten", async () => {
        await send("POST", "owner", { tab: state.tab, take: true });
        this.owner = true;
        document.body.classList.remove("reader");
        saving.retry();
      }], ["Nur lesen", () => {}]]);
    } else if (saving.blocked && saving.dirty) {
      saving.retry();
    }
  }
}
