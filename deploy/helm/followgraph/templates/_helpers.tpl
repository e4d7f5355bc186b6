{{- define "followgraph.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 46 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 46 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "followgraph.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "followgraph.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "followgraph.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | trunc 63 | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "followgraph.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}{{ .Values.serviceAccount.name | default (include "followgraph.name" .) }}
{{- else }}{{ .Values.serviceAccount.name | default "default" }}{{ end }}
{{- end }}

{{- define "followgraph.image" -}}
{{- if .Values.image.digest }}{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else }}{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{- /* The variables of config. Takes (list CONTEXT NAME…): the names of flags to leave out follow the context. */ -}}
{{- define "followgraph.config" -}}
{{- $omit := rest . -}}
{{- with first . }}
{{- range $flag, $value := .Values.config }}
{{- if not (has $flag $omit) }}
- name: FOLLOWGRAPH_{{ $flag | upper | replace "-" "_" }}
{{- /* JSON numbers are floats: 1e+06 is no valid flag. */}}
{{- if kindIs "slice" $value }}
  value: {{ join "," $value | quote }}
{{- else if kindIs "float64" $value }}
  value: {{ if eq (floor $value) $value }}{{ printf "%.0f" $value | quote }}{{ else }}{{ $value | toString | quote }}{{ end }}
{{- else }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- if .Values.database.ca.existingConfigMap }}
- name: PGSSLROOTCERT
  value: /etc/followgraph/ca/ca.crt
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}
{{- end }}

{{- define "followgraph.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "followgraph.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "followgraph.caVolume" -}}
{{- with .Values.database.ca }}
- name: ca
  configMap:
    name: {{ .existingConfigMap }}
    items:
      - key: {{ .key }}
        path: ca.crt
{{- end }}
{{- end }}

{{- /* The value of the Host header of probes: a server with allowed-host refuses others. */ -}}
{{- define "followgraph.probe" -}}
httpGet:
  path: {{ .path }}
  port: admin
{{- with index .context.Values.config "allowed-host" }}
  httpHeaders:
    - name: Host
      value: {{ join "," . | splitList "," | first | quote }}
{{- end }}
timeoutSeconds: 3
{{- end }}

{{- define "followgraph.check" -}}
{{- range list "listen" "admin-listen" "drain" "shutdown-timeout" "database-url" "stream-url" "replica-url" "data-dir" "token-key" "token-verification-key" "persisted-documents" }}
{{- if hasKey $.Values.config . }}{{ fail (printf "config.%s: the chart sets this flag itself; values.yaml has a value for it" .) }}{{ end }}
{{- end }}
{{- if and .Values.migration.enabled (eq (toString (index .Values.config "pooler" | default "")) "transaction") (not .Values.database.migrationUrlKey) }}
{{- fail "database.migrationUrlKey is required with config.pooler=transaction: migrations need a direct address" }}
{{- end }}
{{- end }}
