"""Work behind the pages: what a transaction left to be done is done by one worker, in a process of its own or in one of the server's."""
