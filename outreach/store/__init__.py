"""The database: one room a noun, the SQL that SQLite and PostgreSQL share."""
