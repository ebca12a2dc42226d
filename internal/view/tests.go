package view

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/internal/diag"
)

// TestReport is what `test` found.
type TestReport struct {
	Tests []TestCase
	Took  time.Duration
	// Problems are those of the spec, and why nothing could be run.
	Problems diag.Diagnostics
}

// TestCase is one test. It passed if it has no failures.
type TestCase struct {
	Address  string
	Range    diag.Range
	Inputs   int
	Failures []TestFailure
	Took     time.Duration
}

// TestFailure is a check that does not hold. Check is the argument of the test block, "mask" where it could not be run.
type TestFailure struct {
	Check   string
	Range   diag.Range
	Snippet *diag.Snippet
	Lines   []string // what happened, for some of the inputs
	More    int      // how many others there are
}

// Failed returns the number of tests that failed.
func (r TestReport) Failed() int {
	n := 0
	for _, t := range r.Tests {
		if len(t.Failures) > 0 {
			n++
		}
	}
	return n
}

// text returns what happened, an input a line.
func (f TestFailure) text() string {
	out := strings.Join(f.Lines, "\n")
	if f.More > 0 {
		out += fmt.Sprintf("\nand %d more", f.More)
	}
	return out
}

// PrintTests prints a report for a person: a line a test, and each failure with its place in the spec.
func PrintTests(w io.Writer, s Style, r TestReport) error {
	var b strings.Builder
	for _, t := range r.Tests {
		word := s.green("PASS")
		if len(t.Failures) > 0 {
			word = s.red("FAIL")
		}
		fmt.Fprintf(&b, "%s  %s  %s\n", word, t.Address, s.dim(plural(t.Inputs, "input")))
		for _, f := range t.Failures {
			at := f.Range
			writeDiagnostic(&b, s, diag.Diagnostic{
				Severity: diag.Error,
				Summary:  fmt.Sprintf("%s: %q does not hold", t.Address, f.Check),
				Detail:   f.text(),
				Range:    &at,
				Snippet:  f.Snippet,
			})
			b.WriteString("\n")
		}
	}
	if r.Problems.HasErrors() {
		return nil
	}
	fmt.Fprintf(&b, "\n%s: %d passed, %d failed (%s).\n", plural(len(r.Tests), "test"), len(r.Tests)-r.Failed(),
		r.Failed(), r.Took.Round(100*time.Millisecond))
	_, err := io.WriteString(w, b.String())
	return err
}

// testOutput is the result of `test -json`. Fields may be added, but none is removed.
type testOutput struct {
	FormatVersion string           `json:"format_version"`
	Diagnostics   diag.Diagnostics `json:"diagnostics"`
	Passed        int              `json:"passed"`
	Failed        int              `json:"failed"`
	Tests         []testCaseOutput `json:"tests"`
}

type testCaseOutput struct {
	Address  string              `json:"address"`
	Range    diag.Range          `json:"range"`
	Passed   bool                `json:"passed"`
	Inputs   int                 `json:"inputs"`
	Seconds  float64             `json:"seconds"`
	Failures []testFailureOutput `json:"failures"`
}

type testFailureOutput struct {
	Check string     `json:"check"`
	Range diag.Range `json:"range"`
	Lines []string   `json:"lines"`
	More  int        `json:"more"`
}

// TestJSON prints a report for programs.
func TestJSON(w io.Writer, r TestReport) error {
	out := testOutput{
		FormatVersion: "1.0",
		Passed:        len(r.Tests) - r.Failed(),
		Failed:        r.Failed(),
		Tests:         []testCaseOutput{},
		Diagnostics:   append(diag.Diagnostics{}, r.Problems...),
	}
	for _, t := range r.Tests {
		one := testCaseOutput{
			Address:  t.Address,
			Range:    t.Range,
			Passed:   len(t.Failures) == 0,
			Inputs:   t.Inputs,
			Seconds:  t.Took.Seconds(),
			Failures: []testFailureOutput{},
		}
		for _, f := range t.Failures {
			one.Failures = append(one.Failures, testFailureOutput{f.Check, f.Range, f.Lines, f.More})
		}
		out.Tests = append(out.Tests, one)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(out)
}

// junitSuite and junitCase are the part of JUnit's XML that CI systems read.
type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name     string         `xml:"name,attr"`
	Class    string         `xml:"classname,attr"`
	File     string         `xml:"file,attr"`
	Line     int            `xml:"line,attr"`
	Time     string         `xml:"time,attr"`
	Failures []junitFailure `xml:"failure"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// TestJUnit returns a report in JUnit's format.
func TestJUnit(r TestReport) ([]byte, error) {
	seconds := func(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
	suite := junitSuite{Name: "shoji", Tests: len(r.Tests), Failures: r.Failed(), Time: seconds(r.Took)}
	for _, t := range r.Tests {
		one := junitCase{
			Name:  t.Address,
			Class: "shoji.test",
			File:  t.Range.Filename,
			Line:  t.Range.Start.Line,
			Time:  seconds(t.Took),
		}
		for _, f := range t.Failures {
			message := fmt.Sprintf("%s: %q does not hold", f.Range, f.Check)
			one.Failures = append(one.Failures, junitFailure{message, f.text()})
		}
		suite.Cases = append(suite.Cases, one)
	}
	out, err := xml.MarshalIndent(suite, "", "  ")
	return append([]byte(xml.Header), append(out, '\n')...), err
}
