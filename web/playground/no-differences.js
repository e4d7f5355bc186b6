// Replaces Monaco's editors for differences between texts, which the playground never opens. Monaco names them in its API.
export class DiffEditorWidget {}
export class MultiDiffEditorWidget {}
