/**
 * @generated SignedSource<<7d7f8c4e288175730d388beaae6e39cd>>
 * @relayHash de47d3f1cc13b44c95b1c9a3cf7d79df
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

// @relayRequestID de47d3f1cc13b44c95b1c9a3cf7d79df

import type { ConcreteRequest } from 'relay-runtime';
export type FollowersGainedSubscription$variables = Record<PropertyKey, never>;
export type FollowersGainedSubscription$data = {
  readonly followersGained: {
    readonly edges: ReadonlyArray<{
      readonly node: {
        readonly id: string;
        readonly username: string;
      } | null | undefined;
    }>;
    readonly viewer: {
      readonly id: string;
      readonly stats: {
        readonly followersCount: number;
      };
    };
  };
};
export type FollowersGainedSubscription = {
  response: FollowersGainedSubscription$data;
  variables: FollowersGainedSubscription$variables;
};

const node: ConcreteRequest = (function(){
var v0 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "id",
  "storageKey": null
},
v1 = [
  {
    "alias": null,
    "args": null,
    "concreteType": "FollowersGained",
    "kind": "LinkedField",
    "name": "followersGained",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "concreteType": "User",
        "kind": "LinkedField",
        "name": "viewer",
        "plural": false,
        "selections": [
          (v0/*:: as any*/),
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
        "concreteType": "FollowerEdge",
        "kind": "LinkedField",
        "name": "edges",
        "plural": true,
        "selections": [
          {
            "alias": null,
            "args": null,
            "concreteType": "User",
            "kind": "LinkedField",
            "name": "node",
            "plural": false,
            "selections": [
              (v0/*:: as any*/),
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
];
return {
  "fragment": {
    "argumentDefinitions": [],
    "kind": "Fragment",
    "metadata": null,
    "name": "FollowersGainedSubscription",
    "selections": (v1/*:: as any*/),
    "type": "Subscription",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": [],
    "kind": "Operation",
    "name": "FollowersGainedSubscription",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "id": "de47d3f1cc13b44c95b1c9a3cf7d79df",
    "metadata": {},
    "name": "FollowersGainedSubscription",
    "operationKind": "subscription",
    "text": null
  }
};
})();

(node as any).hash = "f4a3268e9f851d274f0f5acf1359f83a";

export default node;
