package connection

// What tests do as if a pooler were in between.
var (
	SettleAs        = settle
	CheckPreparedOn = checkPrepared
)
