package main

import "github.com/spf13/cobra"

func newAdopt(c *common) *cobra.Command {
	command := group("adopt", "Adopt the database of the Python service while it runs",
		newAdoptCheck(c), newAdoptPrepare(c), newAdoptSwitch(c), newAdoptLink(c), newAdoptAlembic(c), newAdoptFinish(c), newAdoptUndo(c))
	command.Long = `Adopt the database of the Python service while it runs. Run the steps in this order: check, prepare, switch,
alembic, link, finish. The service can run during every step except finish. Before finish, undo reverts the adoption.`
	return command
}
