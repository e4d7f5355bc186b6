// Package rehearsal adopts databases of the Python service while that service is working, and measures the effect on
// it.
//
// It contains only tests. TestRehearsal is a small run. `make rehearsal` runs the same code with other parameters,
// which are in flags_test.go, and prints a table. The service is the fixture in ../shared/python-service, relative to
// the root of the project. It needs Alembic and SQLAlchemy, which scripts/install-python-service.sh installs.
package rehearsal
