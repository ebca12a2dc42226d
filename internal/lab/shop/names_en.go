package shop

import "strings"

// words splits a list that is easier to read as prose.
func words(text string) []string { return strings.Fields(text) }

func englishFirst() []string {
	return words(`
		Abigail Adam Adrian Aidan Alan Alice Alison Amanda Amelia Andrew Angela Anita Anthony Arthur Asha Barbara
		Beatrice Benjamin Bethany Brandon Brenda Brian Bridget Caitlin Calvin Carla Caroline Catherine Charles
		Charlotte Chloe Christine Christopher Clare Colin Connor Craig Cynthia Daniel Danielle David Deborah Declan
		Dennis Diana Dominic Donna Dorothy Douglas Duncan Edith Edward Eleanor Elijah Elizabeth Ellen Emily Emma Eric
		Erin Esther Ethan Evelyn Faith Fiona Frances Frank Gareth Gemma George Georgia Gerald Gillian Gloria Gordon
		Grace Graham Gregory Hannah Harold Harriet Harry Heather Helen Henry Holly Hugh Ian Imogen Isaac Isabel Jack
		Jacob Jacqueline James Jamie Janet Jason Jean Jeffrey Jennifer Jeremy Jessica Joan Joanna Joel John Jonathan
		Joseph Joyce Judith Julia Justin Karen Katherine Keith Kenneth Kevin Kieran Kimberly Kyle Lachlan Laura Lauren
		Lawrence Leah Leonard Leslie Liam Linda Louise Lucas Lucy Luke Lydia Malcolm Marcus Margaret Maria Marion
		Martha Martin Mary Matthew Maureen Megan Melissa Michael Michelle Miriam Molly Monica Nadia Naomi Natalie
		Nathan Neil Nicholas Nicola Nigel Noah Nora Oliver Olivia Oscar Owen Pamela Patricia Patrick Paul Penelope
		Peter Philip Phoebe Priya Rachel Ralph Raymond Rebecca Reginald Rhys Richard Robert Robin Rosemary Rowan
		Russell Ruth Ryan Samantha Samuel Sandra Sarah Scott Sean Sharon Shirley Siobhan Sophie Stephanie Stephen
		Stuart Susan Sylvia Tamara Theodore Theresa Thomas Timothy Tracy Trevor Vanessa Veronica Victor Victoria
		Vincent Violet Walter Wendy William Yasmin Yvonne Zachary Zoe`)
}

func englishLast() []string {
	return words(`
		Abbott Adams Ainsworth Alexander Allen Anderson Andrews Archer Armstrong Ashworth Atkinson Bailey Baker Baldwin
		Barker Barlow Barnes Barrett Bates Baxter Beaumont Bell Bennett Berry Bishop Blackburn Blake Bolton Booth Bowen
		Bradley Brady Brennan Briggs Brooks Bryant Buckley Burgess Burke Burton Butler Byrne Calloway Cameron Campbell
		Carlisle Carpenter Carroll Carter Castillo Chambers Chandler Chapman Clarke Clayton Coleman Collins Connolly
		Conway Cooper Costello Crawford Cunningham Curtis Dalton Davidson Dawson Delgado Dempsey Dickson Donnelly Doyle
		Drummond Duffy Dunn Eaton Edwards Elliott Ellis Emerson Everett Farrell Fenwick Ferguson Fitzgerald Fleming
		Fletcher Forbes Foster Fowler Fraser Freeman Gallagher Gardner Garrison Gibbs Gilbert Gilmore Goodwin Gordon
		Graham Grayson Greene Griffiths Haines Hamilton Hammond Hancock Hardy Harper Harrington Hartley Hawkins Hayes
		Henderson Hewitt Higgins Hobbs Hodgson Holland Holloway Hopkins Horton Houghton Howarth Hughes Hutchinson
		Ingram Iyer Jamieson Jarvis Jefferson Jennings Johnston Kapoor Kavanagh Keller Kendall Kennedy Kerr Kirby
		Knowles Lambert Langley Larkin Lawson Leach Lennox Levy Lindsay Lockwood Lomax Lowe Lynch MacDonald Mackenzie
		Malone Marsden Marshall Mason Maxwell McAllister McBride McCarthy McIntyre Mendoza Mercer Middleton Monroe
		Montgomery Morales Morgan Morrison Murphy Nair Nash Nichols Nolan Norris Oakley Okafor Oliver Ortega Osborne
		Owens Palmer Parker Pearson Pemberton Perkins Petersen Pickering Porter Powell Preston Pritchard Quinn Rahman
		Ramsey Randall Reeves Reynolds Richards Robinson Rodgers Rosen Rowland Russell Sanderson Saunders Schofield
		Shah Shannon Sharma Shaw Sheppard Simmons Sinclair Skinner Slater Spencer Stafford Stanton Stevens Stewart
		Sullivan Sutherland Swift Talbot Tanner Tate Thornton Townsend Tucker Tyler Underwood Vaughan Vickers Wagner
		Walsh Walters Warburton Watkins Webster Weston Wheeler Whitaker Wilkinson Winters Woodward Wyatt Yates York`)
}
