# The configuration of Atlas's command line (tools/go.mod has it): which schema
# the migrations directory must lead to, and how strict lint is.
# `make migration` and `make migrations-check` set DEV_DATABASE_URL to a
# throw-away database, on which Atlas replays the directory.

data "external_schema" "ent" {
  program = ["go", "run", "./cmd/entschema"]
}

env "local" {
  src = data.external_schema.ent.url
  dev = getenv("DEV_DATABASE_URL")
  url = getenv("DATABASE_URL")

  migration {
    dir = "file://migrations"
  }

  format {
    migrate {
      diff = "{{ sql . \"  \" }}"
    }
  }
}

# Data loss, and changes that fail on data: an error unless the statement carries
# `-- atlas:nolint` and says why it is safe. The policy stands here because Atlas
# v0.13.1 ignores one inside env.
lint {
  destructive {
    error = true
  }
  data_depend {
    error = true
  }
  incompatible {
    error = true
  }
}
