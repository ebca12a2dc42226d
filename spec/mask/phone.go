package mask

import (
	"fmt"
	"strings"
)

// phone is phone(): a number that nobody has. In en it is one of the hundred of each area of North America that are
// kept for fiction, 555-0100 to 555-0199; in ja a mobile number whose fourth digit is 0, which is never assigned.
type phone struct {
	locale, style string
	by            by
}

func decodePhone(a *args) (kind, error) {
	k := phone{}
	var err error
	if k.locale, err = a.locale("phone numbers"); err != nil {
		return nil, err
	}
	o, err := a.options("style", "by")
	if err != nil {
		return nil, err
	}
	if k.style, err = o.word("style", "keep", "national", "international", "digits", "e164"); err != nil {
		return nil, err
	}
	k.by, err = o.by()
	return k, err
}

// areas are area codes of North America.
const areas = `
201202203205206207208209210212213214215216217218219220224225228229231234239240248251252253254256260262267269270272276279
281301302303304305307308309310312313314315316317318319320321323325326327330331332334336337339341346347351352360361364380
385386401402404405406407408409410412413414415417419423424425430432434435440442443445447458463464469470475478479480484501
502503504505507508509510512513515516517518520530531534539540541551559561562563564567570571573574575580585586601602603605
606607608609610612614615616617618619620623626628629630631636641646650651657660661662667669678680681682689701702703704706
707708712713714715716717718719720724725726727730731732734737740743747754757760762763765769770772773774775779781785786801
802803804805806808810812813814815816817818820826828830831832838839843845847848850854856857858859860862863864865870872878
901903904906907908909910912913914915916917918919920925928929930931934936937938940941945947949951952954956959970971972973
975978979980984985986989`

// compile considers the digits only, in any script, so that a number with and without separators becomes the same.
func (k phone) compile(c Column) (Expr, error) {
	digits := let("translate(x, translate(x, '0123456789', ''), '')", plainDigits(c.text())+" AS x")
	seed, err := k.by.seed(c, digits)
	if err != nil {
		return Expr{}, err
	}
	list := strings.ReplaceAll(areas, "\n", "")
	prefix, area, middle, last := "1",
		fmt.Sprintf("convert_from(substr('%s'::bytea, (1 + 3 * (%s))::int, 3), 'UTF8')", list,
			choice("h", 1, len(list)/3)), "'555'", fmt.Sprintf("'01' || lpad((%s)::text, 2, '0')", choice("h", 13, 100))
	many, trunk := len(list)/3*100, ""
	if k.locale == "ja" {
		prefix, area, middle, last = "81", "'90'", fmt.Sprintf("'0' || lpad((%s)::text, 3, '0')", choice("h", 1, 1000)),
			fmt.Sprintf("lpad((%s)::text, 4, '0')", choice("h", 13, 10000))
		many, trunk = 10_000_000, "0"
	}
	forms := map[string]string{
		"national":      fmt.Sprintf("'%s' || a || '-' || b || '-' || z", trunk),
		"international": fmt.Sprintf("'+%s ' || a || '-' || b || '-' || z", prefix),
		"digits":        fmt.Sprintf("'%s' || a || b || z", trunk),
		"e164":          fmt.Sprintf("'+%s' || a || b || z", prefix),
	}
	widths := map[string]int{
		"national":      12 + len(trunk),
		"international": 14 + len(prefix),
		"digits":        10 + len(trunk),
		"e164":          11 + len(prefix),
	}
	style, limit := k.style, c.Type.Underlying().limit()
	if style == "keep" && limit > 0 && limit < widths["international"] {
		// there is no room for a choice
		style = map[bool]string{true: "national", false: "digits"}[limit >= widths["national"]]
	}
	sql, width := forms[style], widths[style]
	if style == "keep" {
		width = widths["international"]
		sql = fmt.Sprintf("CASE WHEN x ~ '^[+][0-9]+$' THEN %s WHEN x LIKE '+%%' THEN %s WHEN x ~ "+
			"'^[0-9]+$' THEN %s ELSE %s END", forms["e164"], forms["international"], forms["digits"], forms["national"])
	}
	sql = let(sql, digest("phone", seed)+" AS h, "+plainDigits(c.text())+" AS x",
		area+" AS a, "+middle+" AS b, "+last+" AS z")
	return k.by.finish(c, Expr{
		SQL: c.maskNonEmpty(sql),
		Properties: Properties{
			Null:          NullKept,
			Unique:        Lossy,
			Collisions:    fmt.Sprintf("one of %d numbers", many),
			Deterministic: true,
			Keyed:         Strong,
			MaxLength:     width,
			Strength:      Synthetic,
		},
	}), nil
}
