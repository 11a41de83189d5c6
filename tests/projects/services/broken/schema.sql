drop table tea;
