package main

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// certificatesHeader precedes the certificates. Text outside of the PEM blocks is ignored.
const certificatesHeader = `# Root certificates of Mozilla's CA certificate program, for TLS servers, as published in
# golang.org/x/crypto/x509roots/fallback. Roots that Mozilla trusts only for certificates issued before a date are left
# out, because this format cannot state the date. The list is under the Mozilla Public License 2.0; its source is
# https://hg.mozilla.org/projects/nss/file/default/lib/ckfw/builtins/certdata.txt
`

// rootCertificates returns the trusted roots as a file of PEM blocks.
func rootCertificates() ([]byte, error) {
	text := bytes.NewBufferString(certificatesHeader)
	for root := range bundle.Roots() {
		if root.Constraint != nil {
			continue
		}
		certificate, err := x509.ParseCertificate(root.Certificate)
		if err != nil {
			return nil, fmt.Errorf("a root certificate: %w", err)
		}
		fmt.Fprintf(text, "\n# %s\n", certificate.Subject)
		if err := pem.Encode(text, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}); err != nil {
			return nil, err
		}
	}
	return text.Bytes(), nil
}
