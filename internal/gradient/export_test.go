package gradient

// Operators are the names in the table of rules, for tests of the package from
// outside.
func Operators() []string {
	var l []string
	for name := range allRules() {
		l = append(l, name)
	}
	return l
}
