package engine

// Around is what one provider does around the steps of another: a clone that is made before rows are read and removed
// after them, a setting that is changed for a while. Steps of Before and After follow each other in their order.
type Around struct {
	Before, After []Step
	Notes         []string
	Hazards       []Hazard
	Fingerprints  []Fingerprint
}

// Empty reports whether there is nothing to do.
func (a Around) Empty() bool { return len(a.Before)+len(a.After) == 0 }
