import { render } from "preact";
import { App } from "./app.tsx";
import { start } from "./state/store.ts";
import "./styles/base.css";
import "./styles/machine.css";
import "./styles/jobs.css";
import "./styles/transcript.css";

render(<App />, document.getElementById("app") as HTMLElement);
start();
