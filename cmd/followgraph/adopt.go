package main

import "github.com/spf13/cobra"

func newAdopt(c *common) *cobra.Command {
	command := group("adopt", "Take over the database of the Python service while it runs",
		newAdoptCheck(c), newAdoptPrepare(c), newAdoptSwitch(c), newAdoptLink(c), newAdoptAlembic(c), newAdoptFinish(c), newAdoptUndo(c))
	command.Long = `Take over the database of the Python service while it runs. Run the steps in this order: check, prepare, switch,
alembic, link, finish. Each step but finish runs beside the service. Until finish, undo goes back.`
	return command
}
