/**
 * @generated SignedSource<<2948f80880ee987041e7646bba58f5be>>
 * @relayHash 7819ce5cd8d757c4077f919ae2855e90
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

// @relayRequestID 7819ce5cd8d757c4077f919ae2855e90

import type { ConcreteRequest } from 'relay-runtime';
export type LoginInput = {
  clientMutationId?: string | null | undefined;
  password: string;
  username: string;
};
export type FollowersLoginMutation$variables = {
  input: LoginInput;
};
export type FollowersLoginMutation$data = {
  readonly login: {
    readonly token: string;
    readonly user: {
      readonly id: string;
    } | null | undefined;
  } | null | undefined;
};
export type FollowersLoginMutation = {
  response: FollowersLoginMutation$data;
  variables: FollowersLoginMutation$variables;
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
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "input",
        "variableName": "input"
      }
    ],
    "concreteType": "LoginPayload",
    "kind": "LinkedField",
    "name": "login",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "token",
        "storageKey": null
      },
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
    "name": "FollowersLoginMutation",
    "selections": (v1/*:: as any*/),
    "type": "Mutation",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "FollowersLoginMutation",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "id": "7819ce5cd8d757c4077f919ae2855e90",
    "metadata": {},
    "name": "FollowersLoginMutation",
    "operationKind": "mutation",
    "text": null
  }
};
})();

(node as any).hash = "de6360ed0a43727e28a5dd30157ee30e";

export default node;
