package engine

// HazardName is the stable name of a danger; it is what -allow takes.
type HazardName string

const (
	ExposesData      HazardName = "EXPOSES_DATA" // a mask weakened, a grant widened
	DeletesData      HazardName = "DELETES_DATA" // rows or objects go and no copy is kept
	LosesAccess      HazardName = "LOSES_ACCESS" // somebody can do less than before
	RequiresReboot   HazardName = "REQUIRES_REBOOT"
	KeyUnrecoverable HazardName = "KEY_UNRECOVERABLE"
	AffectsOthers    HazardName = "AFFECTS_OTHERS"
)

// HazardNames lists all of them in the order of the documentation.
func HazardNames() []HazardName {
	return []HazardName{ExposesData, DeletesData, LosesAccess, RequiresReboot, KeyUnrecoverable, AffectsOthers}
}

// Hazard is one danger of a change, with the reason in a sentence.
type Hazard struct {
	Name   HazardName `json:"name"`
	Reason string     `json:"reason"`
}
