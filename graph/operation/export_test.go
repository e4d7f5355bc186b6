package operation

// Fields is the table of fields, for tests.
var Fields = fields
