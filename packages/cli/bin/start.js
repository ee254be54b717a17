#!/usr/bin/env -S node --
// Made by `pnpm run build`, which the installation of the workspace runs. Without -- Node takes --env-file for its own.
import "../dist/genauth-kick.js"
