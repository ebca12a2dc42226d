package personal

import (
	"fmt"
	"slices"
	"strings"
)

// byTable reads words that mean something only by the table that they are in: a rate of employees, a title of people, a
// tile beside coordinates.
func (c Column) byTable(words []string, class class) finding {
	t := c.in()
	last := words[len(words)-1]
	for len(words) > 1 && isDigits(last) {
		words = words[:len(words)-1]
		last = words[len(words)-1]
	}
	whole := strings.Join(words, " ")
	found := func(k Kind, confidence Confidence, why string) finding {
		return finding{kind: k, confidence: confidence, reason: fmt.Sprintf("%q %s", c.Name, why)}
	}
	if t.cards && (last == "month" || last == "year") {
		return found(CardCode, Medium, "of a card is a part of its dates")
	}
	switch class.element() {
	case integer, decimal:
		switch {
		case (t.workers || t.pay) && (amounts()[last] || t.pay && last == "amount" || whole == "sales last year"):
			return found(Salary, Medium, "in "+c.Table+" is what somebody gets")
		case last == "tile" && (t.coordinates || slices.Contains(words, "home")),
			t.coordinates && (last == "altitude" || last == "elevation" || last == "geohash"):
			return found(Geo, Medium, "stands beside coordinates")
		}
	case day:
		if t.about == person && !t.workers && last == "date" && (slices.Contains(words, "start") ||
			slices.Contains(words, "end")) && c.Type.Underlying().Name == "date" {
			return found(PersonalDate, Low, "in "+c.Table+" may be a day in somebody's life")
		}
		if t.workers && (last == "date" || last == "on") && len(words) == 2 &&
			(words[0] == "start" || words[0] == "end" || words[0] == "from" || words[0] == "to") {
			return found(PersonalDate, Medium, "in "+c.Table+" is a day in somebody's work")
		}
	case text:
		switch {
		case t.routes && (thingNames()[last] || placed()[last]):
			return found(Username, Low, "in "+c.Table+" is made of names of accounts")
		case (whole == "key" || whole == "value" || whole == "secret" || whole == "code") && secretive()[t.head]:
			return found(Token, Medium, "in "+c.Table+" is a secret")
		case whole == "suffix" && t.about == person:
			return found(Gender, Medium, "in "+c.Table+" is a part of a name")
		case whole == "title" && t.about == person && !t.workers && short(c, 10):
			return found(Gender, Medium, "in "+c.Table+" is a form of address")
		case (last == "title" || last == "position" || last == "rank") && len(words) == 1 && t.about == person,
			whole == "role" && t.workers:
			return found(Job, Medium, "in "+c.Table+" is somebody's position")
		case t.about == person && learnt()[singular(last)]:
			return found(Job, Medium, "in "+c.Table+" is what somebody has learnt")
		case whole == "location" && t.about == person:
			return found(City, Medium, "in "+c.Table+" is where somebody is")
		}
	}
	return finding{}
}

func short(c Column, n int) bool {
	most := c.Type.Underlying().MaxLength
	return most > 0 && most <= n
}

// learnt are words for what somebody can do, and where they learnt it.
var learnt = wordSet(`skill certification qualification education degree school university experience major
college`)

// byCoarse reads what is coarser than a thing, and tells it all the same: disability_type, religion_code.
func (c Column) byCoarse(words []string) finding {
	n := len(words)
	if n < 2 || !coarse()[words[n-1]] || c.in().about == thing {
		return finding{}
	}
	f := c.phrase(words[:n-1])
	if f.kind != Health && f.kind != Belief {
		return finding{}
	}
	f.confidence = min(f.confidence, Medium)
	return f
}

// coarse are words for a classification.
var coarse = wordSet(`type level category class code group kind detail details name`)

// secretive are words for tables of secrets.
var secretive = wordSet(`key token secret credential password otp`)

// amounts are words for what people are paid, where a table is about people at work.
var amounts = wordSet(`rate quota ytd commission pct bonus allowance deduction overtime wage pay net gross`)

// services are those where people have an account under a name of their own.
var services = wordSet(`slack discord telegram skype wechat kakao viber irc icq msn jabber xmpp aim mastodon
bluesky twitter instagram facebook fb tiktok snapchat youtube github gitlab bitbucket reddit twitch steam
linkedin xing weibo qq stackoverflow keybase matrix`)

// byService reads the name of an account elsewhere: slack_handle, github_login, discord.
func (c Column) byService(words []string) finding {
	at := slices.IndexFunc(words, func(w string) bool { return services()[w] })
	if at < 0 || c.in().machines && len(words) == 1 {
		return finding{}
	}
	for _, w := range words[at+1:] {
		switch w {
		case "id", "uid", "user", "name", "handle", "nick", "account", "login", "screen", "identifier":
		default:
			return finding{}
		}
	}
	return finding{
		kind: Username, confidence: Medium, reason: fmt.Sprintf("the name %q is that of an account elsewhere", c.Name),
	}
}

// byCipher takes what was encrypted for a secret, whatever its name says.
func (c Column) byCipher(words []string) finding {
	if len(words) < 2 || words[0] != "encrypted" && words[len(words)-1] != "encrypted" {
		return finding{}
	}
	return finding{kind: Token, confidence: Low, reason: fmt.Sprintf("%q says that it is a secret", c.Name)}
}

// byHash reads the hash of something that names or reaches somebody: it stands for them as well.
func (c Column) byHash(words []string) finding {
	n := len(words)
	if n < 2 || !computed()[words[n-1]] {
		return finding{}
	}
	switch f := c.phrase(words[:n-1]); f.kind {
	case Email, Phone, FullName, FirstName, LastName, Username, NationalID, IP, CreditCard, BankAccount, Address:
		return finding{
			kind:       Device,
			confidence: Medium,
			reason: fmt.Sprintf("the name %q is that of a hash of %s", c.Name,
				f.kind.Title()),
		}
	}
	return finding{}
}

// byKey reads a name that ends with "key": one that opens something.
func (c Column) byKey(words []string) finding {
	n := len(words)
	if n < 2 || words[n-1] != "key" || !opening()[words[n-2]] {
		return finding{}
	}
	return finding{kind: Token, confidence: Medium, reason: fmt.Sprintf("the name %q is that of %s", c.Name,
		Token.Title())}
}

// opening are words before "key" for one that opens something.
var opening = wordSet(`application app service integration license signing encryption decryption master shared
server client account data exchange bearer write read admin recovery share sharing invite stream feed gpg pgp
rsa deploy host public session`)
