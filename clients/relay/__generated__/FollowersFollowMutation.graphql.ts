/**
 * @generated SignedSource<<99390906a3db909d011285a725bbe157>>
 * @relayHash 089fd7f55204375660244b436bea6048
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

// @relayRequestID 089fd7f55204375660244b436bea6048

import type { ConcreteRequest } from 'relay-runtime';
import type { FragmentRefs } from "relay-runtime";
export type FollowUserInput = {
  clientMutationId?: string | null | undefined;
  userId: string;
};
export type FollowersFollowMutation$variables = {
  input: FollowUserInput;
};
export type FollowersFollowMutation$data = {
  readonly followUser: {
    readonly changed: boolean;
    readonly user: {
      readonly " $fragmentSpreads": FragmentRefs<"Followers_card">;
    } | null | undefined;
  } | null | undefined;
};
export type FollowersFollowMutation$rawResponse = {
  readonly followUser: {
    readonly changed: boolean;
    readonly user: {
      readonly id: string;
      readonly stats: {
        readonly followersCount: number;
      };
      readonly viewerIsFollowing: boolean;
    } | null | undefined;
  } | null | undefined;
};
export type FollowersFollowMutation = {
  rawResponse: FollowersFollowMutation$rawResponse;
  response: FollowersFollowMutation$data;
  variables: FollowersFollowMutation$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "input"
  }
],
v1 = [
  {
    "kind": "Variable",
    "name": "input",
    "variableName": "input"
  }
],
v2 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "changed",
  "storageKey": null
};
return {
  "fragment": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Fragment",
    "metadata": null,
    "name": "FollowersFollowMutation",
    "selections": [
      {
        "alias": null,
        "args": (v1/*:: as any*/),
        "concreteType": "FollowUserPayload",
        "kind": "LinkedField",
        "name": "followUser",
        "plural": false,
        "selections": [
          (v2/*:: as any*/),
          {
            "alias": null,
            "args": null,
            "concreteType": "User",
            "kind": "LinkedField",
            "name": "user",
            "plural": false,
            "selections": [
              {
                "args": null,
                "kind": "FragmentSpread",
                "name": "Followers_card"
              }
            ],
            "storageKey": null
          }
        ],
        "storageKey": null
      }
    ],
    "type": "Mutation",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "FollowersFollowMutation",
    "selections": [
      {
        "alias": null,
        "args": (v1/*:: as any*/),
        "concreteType": "FollowUserPayload",
        "kind": "LinkedField",
        "name": "followUser",
        "plural": false,
        "selections": [
          (v2/*:: as any*/),
          {
            "alias": null,
            "args": null,
            "concreteType": "User",
            "kind": "LinkedField",
            "name": "user",
            "plural": false,
            "selections": [
              {
                "alias": null,
                "args": null,
                "kind": "ScalarField",
                "name": "id",
                "storageKey": null
              },
              {
                "alias": null,
                "args": null,
                "kind": "ScalarField",
                "name": "viewerIsFollowing",
                "storageKey": null
              },
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
          }
        ],
        "storageKey": null
      }
    ]
  },
  "params": {
    "id": "089fd7f55204375660244b436bea6048",
    "metadata": {},
    "name": "FollowersFollowMutation",
    "operationKind": "mutation",
    "text": null
  }
};
})();

(node as any).hash = "76134cb114b7ef325663cdc9083e5a17";

export default node;
