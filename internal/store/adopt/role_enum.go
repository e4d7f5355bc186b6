package adopt

// renameEnum returns the statements that give the type of roles this program's name, in the tables' schema. The old name
// becomes that of a domain over it, so that a cast to it goes on working.
func renameEnum(shape *Shape) []string {
	enum := shape.RoleEnum
	if enum == nil {
		return []string{`ALTER TYPE followgraph_next.userrole SET SCHEMA ` + name(shape.Schema)}
	}
	if enum.Schema == shape.Schema && enum.Name == roleEnum {
		return nil
	}
	var statements []string
	if enum.Name != roleEnum {
		statements = append(statements, `ALTER TYPE `+name(enum.Schema, enum.Name)+` RENAME TO `+roleEnum)
	}
	if enum.Schema != shape.Schema {
		statements = append(statements, `ALTER TYPE `+name(enum.Schema, roleEnum)+` SET SCHEMA `+name(shape.Schema))
	}
	return append(statements,
		`CREATE DOMAIN `+name(enum.Schema, enum.Name)+` AS `+name(shape.Schema, roleEnum),
		`ALTER DOMAIN `+name(enum.Schema, enum.Name)+` OWNER TO `+name(enum.Owner))
}

// roleEnum is the name of the type of users.role.
const roleEnum = "userrole"

// restoreEnum returns the statements that give the type of roles its old name again.
func restoreEnum(before *Shape) []string {
	enum := before.RoleEnum
	if enum == nil {
		return []string{`ALTER TYPE ` + name(before.Schema, roleEnum) + ` SET SCHEMA ` + nextSchema}
	}
	if enum.Schema == before.Schema && enum.Name == roleEnum {
		return nil
	}
	statements := []string{`DROP DOMAIN ` + name(enum.Schema, enum.Name)}
	if enum.Schema != before.Schema {
		statements = append(statements, `ALTER TYPE `+name(before.Schema, roleEnum)+` SET SCHEMA `+name(enum.Schema))
	}
	if enum.Name != roleEnum {
		statements = append(statements, `ALTER TYPE `+name(enum.Schema, roleEnum)+` RENAME TO `+name(enum.Name))
	}
	return statements
}
