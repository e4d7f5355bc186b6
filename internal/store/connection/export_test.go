package connection

// Exports for tests that simulate a pooler.
var (
	SettleAs        = settle
	CheckPreparedOn = checkPrepared
)
