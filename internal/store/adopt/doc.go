// Package adopt moves a live database of the Python service to the schema of Followgraph while that service keeps
// working.
//
// An adoption is a sequence of commands. Each command is exported as one function and can be interrupted at any point:
// run again, it continues. The state is in the database, in the schema followgraph_adoption (state.go).
//
//  1. Check (check.go) reads the catalog and the rows, and reports what blocks an adoption, what prepare repairs and
//     what is good to know. The files check_*.go hold one subject each. shape*.go read the catalog into a [Shape];
//     revision.go knows the revisions of the service.
//  2. [Prepare] (prepare.go) creates the tables in their new form in the schema followgraph_next (prepare_tables.go)
//     and copies the rows while the service writes (copy.go, copy_rows.go; copy_plan.go maps the columns). Triggers log
//     what changes meanwhile. Other triggers keep the counts of follows from here on (triggers.go, repair.go).
//  3. [Switch] (switch.go) locks the tables, applies the last changes and exchanges the tables in one transaction of
//     less than a second (exchange.go, sequence.go, role_enum.go). The old tables move to the schema
//     followgraph_before.
//  4. [Alembic] (alembic*.go) writes the files with which the service's Alembic project accepts the new tables.
//  5. Linking accounts to Cognito users is not in this package: see LinkAccounts of package store.
//  6. [Finish] (finish.go) removes all objects of the adoption after the service stopped. [Undo] (undo.go) reverts
//     the adoption at any time before that: it copies the rows into the old tables and exchanges the tables again
//     (undo_switch.go, undo_fit.go).
//
// [Offline] (offline.go) runs all steps at once for a service that is stopped. Both services may write between switch
// and finish; foreign_writes.go counts the statements of the other program.
//
// Every command works through a mover (mover.go). Statements that lock tables of the service run through a locker
// (lock.go), which never lets readers and writers wait long. Larger SQL statements are files in the directory sql.
package adopt
