_Thread_local int elsewhere = 77;
_Thread_local char text_elsewhere[8] = "there";
static _Thread_local int between = 3;

int *address_elsewhere(void) { return between == 3 ? &elsewhere : 0; }
