// Package ddl takes the structure of a source database as PostgreSQL itself writes it: it runs pg_dump, reads the table
// of contents of its archive into entries, decides how each type of entry is treated in a copy, and digests entries so
// that a later change of the source is reported by name. It reads pg_dump's custom archive instead of its plain script.
// The archive has an entry for each object: exact name, section, SQL, and the objects it depends on. Splitting a script
// at its "-- Name:" comments would have to guess all of these, and the body of a function may hold such a comment, too.
package ddl
