package adopt

// renameEnum returns the statements that rename the enum of roles to userrole, in the tables' schema. The old name
// becomes a domain over it, so that casts to the old name keep working.
func renameEnum(shape *Shape) []string {
	enum := shape.RoleEnum
	if enum == nil {
		return []string{`ALTER TYPE followgraph_next.userrole SET SCHEMA ` + qualified(shape.Schema)}
	}
	if enum.Schema == shape.Schema && enum.Name == roleEnum {
		return nil
	}
	var statements []string
	if enum.Name != roleEnum {
		statements = append(statements, `ALTER TYPE `+qualified(enum.Schema, enum.Name)+` RENAME TO `+roleEnum)
	}
	if enum.Schema != shape.Schema {
		statements = append(statements, `ALTER TYPE `+qualified(enum.Schema, roleEnum)+` SET SCHEMA `+qualified(shape.Schema))
	}
	return append(statements,
		`CREATE DOMAIN `+qualified(enum.Schema, enum.Name)+` AS `+qualified(shape.Schema, roleEnum),
		`ALTER DOMAIN `+qualified(enum.Schema, enum.Name)+` OWNER TO `+qualified(enum.Owner))
}

// roleEnum is the name of the type of users.role in Followgraph.
const roleEnum = "userrole"

// restoreEnum returns the statements that give the enum of roles its old name and schema.
func restoreEnum(before *Shape) []string {
	enum := before.RoleEnum
	if enum == nil {
		return []string{`ALTER TYPE ` + qualified(before.Schema, roleEnum) + ` SET SCHEMA ` + nextSchema}
	}
	if enum.Schema == before.Schema && enum.Name == roleEnum {
		return nil
	}
	statements := []string{`DROP DOMAIN ` + qualified(enum.Schema, enum.Name)}
	if enum.Schema != before.Schema {
		statements = append(statements, `ALTER TYPE `+qualified(before.Schema, roleEnum)+` SET SCHEMA `+qualified(enum.Schema))
	}
	if enum.Name != roleEnum {
		statements = append(statements, `ALTER TYPE `+qualified(enum.Schema, roleEnum)+` RENAME TO `+qualified(enum.Name))
	}
	return statements
}
