package mask

const firstEn = `
Aaron Abigail Adam Adrian Agnes Alan Albert Alexander Alexandra Alfred Alice Alison Amanda Amber Amelia Amy Andrea Andrew Angela Anita Anna Anne Anthony
Arthur Ashley Audrey Austin Barbara Beatrice Benjamin Bernard Bethany Betty Beverly Brandon Brenda Brian Bridget Bruce Bryan Caleb Cameron Carl Carla
Carmen Carol Caroline Catherine Cecilia Charles Charlotte Chloe Christian Christina Christopher Claire Clara Clarence Claudia Colin Connor Craig Curtis
Cynthia Daisy Daniel Danielle David Dawn Deborah Denise Dennis Derek Diana Diane Dominic Donald Donna Doris Dorothy Douglas Duncan Dylan Edith Edward
Eileen Elaine Eleanor Elizabeth Ella Ellen Emily Emma Eric Erin Esther Ethan Eugene Evan Evelyn Felix Fiona Florence Frances Francis Frank Gabriel Gary
Gavin George Georgia Gerald Gloria Gordon Grace Graham Gregory Hannah Harold Harriet Harry Hazel Heather Helen Henry Holly Howard Hugh Ian Irene Isaac
Isabella Jack Jacob Jacqueline James Jane Janet Janice Jason Jean Jeffrey Jennifer Jeremy Jessica Joan Joanna Joel John Jonathan Joseph Joshua Joyce
Judith Julia Julian Julie Justin Karen Katherine Keith Kelly Kenneth Kevin Kimberly Kyle Laura Lauren Lawrence Leah Leonard Lewis Lillian Linda Lisa
Logan Louis Louise Lucas Lucy Luke Lydia Madison Marcus Margaret Maria Marie Marion Mark Martha Martin Mary Mason Matthew Megan Melissa Michael Michelle
Miles Monica Morgan Nancy Naomi Natalie Nathan Neil Nicholas Nicole Nigel Nina Noah Nora Norman Oliver Olivia Oscar Owen Pamela Patricia Patrick Paul
Paula Peter Philip Phoebe Phyllis Rachel Ralph Raymond Rebecca Richard Robert Robin Roger Ronald Rosemary Roy Russell Ruth Ryan Samantha Samuel Sandra
Sarah Scott Sean Sebastian Sharon Sheila Shirley Simon Sophia Stephanie Stephen Steven Stuart Susan Sylvia Teresa Theodore Theresa Thomas Timothy Tracy
Trevor Tyler Valerie Vanessa Vera Victor Victoria Vincent Virginia Vivian Walter Wendy William Zachary Zoe`

const lastEn = `
Abbott Adams Alexander Allen Anderson Andrews Armstrong Arnold Atkinson Austin Bailey Baker Baldwin Ball Barker Barnes Barrett Bates Baxter Bell Bennett
Berry Bishop Black Blake Booth Bowen Bradley Brewer Brooks Brown Bryant Buckley Burgess Burke Burns Burton Butler Byrne Cameron Campbell Carlson Carpenter
Carr Carroll Carter Chambers Chandler Chapman Clark Clarke Cole Coleman Collins Conway Cook Cooper Cox Craig Crawford Cross Cunningham Curtis Dalton
Daniels Davidson Davies Davis Dawson Day Dean Dixon Douglas Doyle Duncan Dunn Edwards Elliott Ellis Evans Farrell Ferguson Fisher Fitzgerald Fleming
Fletcher Ford Foster Fowler Fox Francis Franklin Fraser Freeman French Fuller Gardner Garner George Gibson Gilbert Gill Gordon Graham Grant Graves Gray
Green Greene Griffin Griffiths Hale Hall Hamilton Hansen Harding Hardy Harper Harris Harrison Hart Harvey Hawkins Hayes Henderson Henry Hicks Higgins Hill
Hodges Holland Holmes Hopkins Houston Howard Howe Howell Hudson Hughes Hunt Hunter Hutchinson Ingram Jackson Jacobs James Jenkins Jennings Jensen Johnson
Johnston Jones Jordan Joyce Kelly Kennedy Kent Kerr King Knight Lamb Lambert Lane Larson Lawrence Lawson Lee Lewis Lindsay Lloyd Long Lowe Lucas Lynch
Lyons MacDonald Marshall Martin Mason Matthews Maxwell May McCarthy McDonald McKenzie Mills Mitchell Moore Moran Morgan Morris Morrison Moss Murphy Murray
Myers Nash Nelson Newman Newton Nichols Nicholson Norman Norris Norton Olson Osborne Owen Owens Page Palmer Parker Parsons Patterson Payne Pearce Pearson
Perkins Perry Peters Phillips Pierce Porter Potter Powell Price Quinn Ramsey Randall Reed Reid Reynolds Rhodes Rice Richards Richardson Riley Roberts
Robertson Robinson Rogers Rose Ross Rowe Russell Ryan Sanders Saunders Schmidt Scott Sharp Shaw Shepherd Sheridan Simmons Simpson Smith Snyder Spencer
Stanley Steele Stephens Stevens Stewart Stone Sutton Taylor Terry Thomas Thompson Thornton Todd Tucker Turner Underwood Vaughan Wade Walker Wallace Walsh
Walters Walton Ward Warren Watkins Watson Watts Weaver Webb Webster Wells West Wheeler White Wilkinson Williams Willis Wilson Winters Wood Woods Wright
Wyatt Yates Young`
