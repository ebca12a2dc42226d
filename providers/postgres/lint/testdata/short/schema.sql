CREATE TABLE t (id int PRIMARY KEY, code varchar(6), pin varchar(4), tag varchar(8), ok varchar(6), long varchar(40), free text, hidden varchar(6));
