import type { Rule } from "../src/config";

export interface EligibilityCase {
  source: { test: string };
  survey: {
    id: string;
    display_option: Rule["displayOption"];
    display_limit: number | null;
    recontact_days: number | null;
    segment: string;
  };
  state: {
    user_id: string | null;
    segments: string[];
    displays: { survey: string }[];
    responses: string[];
    last_display_days_ago: number | null;
    workspace_recontact_days: number;
  };
  expect: { shown: boolean };
}
export const eligibility: EligibilityCase[];
