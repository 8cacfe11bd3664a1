module example.com/tocsin-service

go 1.22
