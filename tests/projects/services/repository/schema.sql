create table tea (id integer);
