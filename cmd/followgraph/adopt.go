package main

import "github.com/spf13/cobra"

func newAdopt(c *common) *cobra.Command {
	return group("adopt", "Take over the database of the Python service while it runs",
		newAdoptCheck(c), newAdoptPrepare(c), newAdoptSwitch(c), newAdoptLink(c), newAdoptAlembic(c), newAdoptFinish(c), newAdoptUndo(c))
}
