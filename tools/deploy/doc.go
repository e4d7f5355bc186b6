// Package deploy checks the files of the directory deploy with the libraries behind the tools that operators use: Helm,
// kubeconform and Docker Compose, and with promtool and systemd-analyze themselves. It is a separate module, so that their
// dependencies stay out of the product's. `make deploy-check` runs it.
package deploy
