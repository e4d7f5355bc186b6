package rehearsal_test

import (
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestModels compares the models that the program writes with tables that a team has extended, using Alembic.
func TestModels(t *testing.T) {
	dir := fixtureDir(t)
	p := &program{path: build(t), address: startPostgres(t).create(t), random: rand.New(rand.NewPCG(*seedFlag, 0))}
	output, status := p.run(t, "migrate", "up")
	require.Zero(t, status, output)
	unusual, err := os.ReadFile(filepath.Join("..", "store", "adopt", "testdata", "unusual.sql"))
	require.NoError(t, err)
	_, err = connect(t, p.address).Exec(t.Context(), string(unusual))
	require.NoError(t, err)

	parsed, err := url.Parse(p.address)
	require.NoError(t, err)
	parsed.Scheme = "postgresql"
	models := writeModels(t, &fixture{dir: dir, work: t.TempDir(), url: parsed.String()}, p)
	models.append(t, "models.py", `

class Company(Base):
    __tablename__ = "companies"

    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column("the name", sa.Text)
`)
	require.Empty(t, models.differences(t))
	models.append(t, "models.py", "\n\nsa.Index(\"ix_one_more\", User.city)\n")
	require.Contains(t, models.differences(t), "ix_one_more", "a difference is found where there is one")
}
