/**
 * @generated SignedSource<<2817483dc03cf569d2ac289edcdcdd59>>
 * @relayHash 493ba5caf898ed647ce178199774e684
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

// @relayRequestID 493ba5caf898ed647ce178199774e684

import type { ConcreteRequest } from 'relay-runtime';
export type FollowerChangeKind = "GAINED" | "LOST" | "%future added value";
export type FollowersChangedSubscription$variables = {
  id: string;
};
export type FollowersChangedSubscription$data = {
  readonly followersChanged: {
    readonly changes: ReadonlyArray<{
      readonly edge: {
        readonly cursor: string;
        readonly node: {
          readonly id: string;
          readonly username: string;
        } | null | undefined;
      };
      readonly followerId: string;
      readonly kind: FollowerChangeKind;
    }>;
    readonly user: {
      readonly id: string;
      readonly stats: {
        readonly followersCount: number;
      };
    } | null | undefined;
  };
};
export type FollowersChangedSubscription = {
  response: FollowersChangedSubscription$data;
  variables: FollowersChangedSubscription$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "id"
  }
],
v1 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "id",
  "storageKey": null
},
v2 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "userId",
        "variableName": "id"
      }
    ],
    "concreteType": "FollowersChange",
    "kind": "LinkedField",
    "name": "followersChanged",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "concreteType": "User",
        "kind": "LinkedField",
        "name": "user",
        "plural": false,
        "selections": [
          (v1/*:: as any*/),
          {
            "alias": null,
            "args": null,
            "concreteType": "UserFollowStats",
            "kind": "LinkedField",
            "name": "stats",
            "plural": false,
            "selections": [
              {
                "alias": null,
                "args": null,
                "kind": "ScalarField",
                "name": "followersCount",
                "storageKey": null
              }
            ],
            "storageKey": null
          }
        ],
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "concreteType": "FollowerChange",
        "kind": "LinkedField",
        "name": "changes",
        "plural": true,
        "selections": [
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "kind",
            "storageKey": null
          },
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "followerId",
            "storageKey": null
          },
          {
            "alias": null,
            "args": null,
            "concreteType": "FollowerEdge",
            "kind": "LinkedField",
            "name": "edge",
            "plural": false,
            "selections": [
              {
                "alias": null,
                "args": null,
                "kind": "ScalarField",
                "name": "cursor",
                "storageKey": null
              },
              {
                "alias": null,
                "args": null,
                "concreteType": "User",
                "kind": "LinkedField",
                "name": "node",
                "plural": false,
                "selections": [
                  (v1/*:: as any*/),
                  {
                    "alias": null,
                    "args": null,
                    "kind": "ScalarField",
                    "name": "username",
                    "storageKey": null
                  }
                ],
                "storageKey": null
              }
            ],
            "storageKey": null
          }
        ],
        "storageKey": null
      }
    ],
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Fragment",
    "metadata": null,
    "name": "FollowersChangedSubscription",
    "selections": (v2/*:: as any*/),
    "type": "Subscription",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "FollowersChangedSubscription",
    "selections": (v2/*:: as any*/)
  },
  "params": {
    "id": "493ba5caf898ed647ce178199774e684",
    "metadata": {},
    "name": "FollowersChangedSubscription",
    "operationKind": "subscription",
    "text": null
  }
};
})();

(node as any).hash = "e99e73fc3f2b4ebf238402a160878ea1";

export default node;
