package decide_test

import "testing"

// TestComposedMasksFitTheirColumns: the server finds each of them to be of its column's type, and to give one value for
// one row.
func TestComposedMasksFitTheirColumns(t *testing.T) {
	_, ds := resolve(t, `CREATE SCHEMA ext; CREATE EXTENSION hstore SCHEMA ext; CREATE EXTENSION citext SCHEMA ext;
		CREATE TYPE place AS (street varchar(20), zip text, at numrange);
		CREATE DOMAIN mail AS varchar(60) CHECK (VALUE LIKE '%@%'); CREATE TYPE textrange AS RANGE (subtype = text);
		CREATE TABLE t (id int, a varchar(40)[], b mail[], c ext.citext[], d char(3)[], e place, f place[],
			g ext.hstore, h textrange, i int4multirange, j daterange[], k json, l jsonb[], m name[], n numeric(6,2)[])`,
		`table "public" "t" {
  keep = ["id"]
  column "a" { mask = array(email()) }
  column "b" { mask = array(email()) }
  column "c" { mask = array(email()) }
  column "d" { mask = array(partial(1, "*", 0)) }
  column "e" { mask = fields({ street = token(), zip = digits(), at = range(noise(0.1)) }) }
  column "f" { mask = array(fields({ street = token(), zip = digits(), at = range(noise(0.1)) })) }
  column "g" { mask = hstore({ email = email() }, { otherwise = hash() }) }
  column "h" { mask = range(hash()) }
  column "i" { mask = range(noise(0.1)) }
  column "j" { mask = array(range(jitter("3 days"))) }
  column "k" { mask = json({ "$..email" = email() }) }
  column "l" { mask = array(json({ "$.a[*].b" = hash(), "$..c" = noise(0.1) }, { otherwise = null_value() })) }
  column "m" { mask = array(token()) }
  column "n" { mask = array(noise(0.2)) }
}
`)
	if len(ds) > 0 {
		t.Error(ds)
	}
}
