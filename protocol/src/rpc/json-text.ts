/** A result that is JSON already, written by another thread: it is passed on as it is. */

export class JsonText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}
