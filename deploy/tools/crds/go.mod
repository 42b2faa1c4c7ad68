// Where the CRDs of KEDA and of the Prometheus operator are read from. Nothing is built: `go mod tidy` would empty this,
// so change versions by hand and run `go mod download -json MODULE`, which writes go.sum.
module claimwire/tools/crds

go 1.24.0

require (
	github.com/kedacore/keda/v2 v2.21.0
	github.com/prometheus-operator/prometheus-operator v0.85.0
)
