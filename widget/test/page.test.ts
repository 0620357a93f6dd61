import { describe, expect, it } from "vitest";
import { pageOf } from "../src/page";
import { fits } from "../src/rules";

const at = (path: string) => pageOf(`https://ann:secret@shop.example${path}`);

describe("a page", () => {
  it.each([
    ["/checkout", "/checkout"],
    ["/docs/v2/install", "/docs/v2/install"],
    ["/users/settings", "/users/settings"],
    ["/users/alice%2540example.com/private", "/users/[email]/private"],
    ["/u/6ba7b810-9dad-11d1-80b4-00c04fd430c8/x", "/u/[uuid]/x"],
    ["/patients/JohnSmith/chart", "/patients/[id]/chart"],
    ["/foo/2fd4e1c67a2d28/user/123/0", "/foo/[id]/user/[id]/0"],
    ["/verify/eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.c2ln/done", "/verify/[token]/done"],
    ["/a;jsessionid=1/b", "/a/b"],
    ["/%E0%A4%A", "/[id]"],
  ])("%s is told as %s", (path, told) => {
    expect(at(path)).toBe(told);
  });

  it("keeps only listed parameters, and of these only harmless values", () => {
    expect(
      at("/p?page=2&token=x&utm_source=news&utm_campaign=jane@example.com&view=4155550132#top"),
    ).toBe("/p?page=2&utm_source=news");
  });

  it("says nothing of an address that is not HTTP", () => {
    expect(pageOf("file:///C:/Users/ann/a.html")).toBe("file:[dropped]");
  });

  it("fits a pattern by its path alone", () => {
    expect(fits("/checkout?page=2", "/check*")).toBe(true);
    expect(fits("/shop/checkout", "/check*")).toBe(false);
    expect(fits("/a.b", "/a.b")).toBe(true);
    expect(fits("/axb", "/a.b")).toBe(false);
    expect(fits("/any", undefined)).toBe(true);
  });
});
