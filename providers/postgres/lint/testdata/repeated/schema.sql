CREATE SCHEMA north; CREATE SCHEMA south; CREATE SCHEMA east;
CREATE TABLE north.users (id int PRIMARY KEY, email text);
CREATE TABLE south.users (id int PRIMARY KEY, email text, mail_a varchar(4), mail_b varchar(5), mail_c varchar(6), mail_d varchar(7), mail_e varchar(7), mail_f varchar(7), mail_g varchar(7), mail_h varchar(7), mail_i varchar(7), mail_j varchar(7), mail_k varchar(7));
CREATE TABLE east.users (id int PRIMARY KEY, email text);
