package adopt

// For the tests, which look at what a database does.
var (
	InstallCounting = installCounting
	InstallAccounts = installAccounts
	RemoveTriggers  = removeTriggers
	RepairCounts    = repairCounts
)
