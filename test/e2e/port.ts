// Where the journeys' page is served.
export const PORT = 4273;
