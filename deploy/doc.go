// Package deploy holds what operators install: the Helm chart, the systemd units, the Compose file, the alerts and the
// dashboard. docs/deploying.md explains them. Its tests check what needs no tools; tools/deploy checks the rest.
package deploy
