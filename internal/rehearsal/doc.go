// Package rehearsal moves databases of the Python service while that service works, and measures what it notices.
//
// It holds tests alone. TestRehearsal is a small run; `make rehearsal` is the same code with the parameters of flags.go
// and prints a table. The service is the fixture in ../shared/python-service, seen from the project's root, and runs on
// Debian's packages of Alembic and SQLAlchemy, which scripts/install-python-service.sh sees to.
package rehearsal
