#!/usr/bin/env node
// Made by `pnpm run build`, which the installation of the workspace runs.
import "../dist/genauth-kick.js"
