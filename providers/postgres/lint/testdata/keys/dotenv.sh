# for development
FETCHED_KEY=$(pass show shoji)
export WRITTEN_KEY="hunter2hunter2hunter2"
